"""The statement behind the conflict wall. Every page of a chair stands on these facts, so they are read in one go, and
written down as they are sent: nine questions through the ORM took five times as long to put together as to answer.
"""

FACTS = """
WITH proved AS (
    SELECT a.id, a.user_id, lower(a.email) AS email FROM account_emailaddress a
    WHERE a.user_id = ANY(%(users)s) AND a.verified),
  former AS (
    SELECT a.id, a.user_id, lower(a.email) AS email FROM accounts_formeraddress a
    WHERE a.user_id = ANY(%(users)s) AND a.until > %(since)s)
SELECT jsonb_build_object(
  'organisations', (
    SELECT jsonb_agg(jsonb_build_array(o.id, o.parent_id, o.stem) ORDER BY o.id) FROM accounts_organisation o),
  'sponsors', (
    SELECT jsonb_agg(jsonb_build_array(s.id, s.organisation_id, s.name, s.domains) ORDER BY s.id)
    FROM sponsors_sponsor s WHERE s.edition_id = %(edition)s),
  'proved', (SELECT jsonb_agg(jsonb_build_array(user_id, email) ORDER BY id) FROM proved),
  'former', (SELECT jsonb_agg(jsonb_build_array(user_id, email) ORDER BY id) FROM former),
  'stays', (
    SELECT jsonb_agg(jsonb_build_array(a.user_id, a.organisation_id, a.relation, a.ended_on) ORDER BY a.id)
    FROM accounts_affiliation a WHERE a.user_id = ANY(%(users)s)),
  'teams', (
    SELECT jsonb_agg(jsonb_build_array(m.user_id, m.sponsor_id) ORDER BY m.id)
    FROM sponsors_teammember m JOIN sponsors_sponsor s ON s.id = m.sponsor_id
    WHERE m.user_id = ANY(%(users)s) AND s.edition_id = %(edition)s),
  'coauthors', (
    SELECT jsonb_agg(jsonb_build_array(c.user_id, c.name, c.last_year) ORDER BY c.id)
    FROM accounts_coauthor c WHERE c.user_id = ANY(%(users)s)),
  'roles', (
    SELECT jsonb_agg(DISTINCT jsonb_build_array(r.user_id, r.kind))
    FROM editions_role r WHERE r.user_id = ANY(%(users)s) AND r.edition_id = %(edition)s),
  'on_stage', (
    SELECT jsonb_agg(jsonb_build_array(x.id, x.name, x.email, p.id, p.sponsor_id) ORDER BY x.id)
    FROM proposals_presenter x JOIN proposals_proposal p ON p.id = x.proposal_id
    WHERE p.edition_id = %(edition)s AND p.state <> %(draft)s AND p.submitted_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM editions_role r WHERE r.user_id = ANY(%(users)s) AND r.edition_id = %(edition)s)),
  'answers', (
    SELECT jsonb_agg(jsonb_build_array(c.user_id, c.sponsor_id, c.proposal_id, c.kind, c.answer, c.answered_by_id)
      ORDER BY c.id)
    FROM proposals_claim c JOIN sponsors_sponsor s ON s.id = c.sponsor_id
    WHERE c.user_id = ANY(%(users)s) AND s.edition_id = %(edition)s),
  'declared', (
    SELECT jsonb_agg(jsonb_build_array(c.user_id, c.sponsor_id, c.proposal_id, c.source, c.detail) ORDER BY c.id)
    FROM proposals_conflict c JOIN sponsors_sponsor s ON s.id = c.sponsor_id
    WHERE c.user_id = ANY(%(users)s) AND s.edition_id = %(edition)s))
"""
