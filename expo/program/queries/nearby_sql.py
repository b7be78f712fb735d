"""The two statements behind `nearby`, by hand: built by the ORM they would take longer to write than to run.

Rows of the set-up come whole, as objects whose keys are the columns, so a new column needs no change here.
"""

SET_UP = """
SELECT
  ARRAY(SELECT to_jsonb(r) FROM editions_room r WHERE r.edition_id = %(edition)s ORDER BY r.position, r.id),
  ARRAY(SELECT jsonb_build_object('id', t.id, 'room', t.room_id, 'formats', ARRAY(
      SELECT f.format_id FROM editions_track_formats f WHERE f.track_id = t.id))
    FROM editions_track t WHERE t.edition_id = %(edition)s ORDER BY t.position, t.id),
  ARRAY(SELECT to_jsonb(d) FROM editions_day d WHERE d.edition_id = %(edition)s ORDER BY d.date),
  ARRAY(SELECT to_jsonb(b) FROM editions_break b WHERE b.edition_id = %(edition)s ORDER BY b.starts_at),
  ARRAY(SELECT to_jsonb(f) FROM editions_format f WHERE f.edition_id = %(edition)s),
  ARRAY(SELECT to_jsonb(l) FROM program_link l WHERE l.edition_id = %(edition)s
    AND (l.one_id = ANY(%(mine)s) OR l.other_id = ANY(%(mine)s)) ORDER BY l.id),
  ARRAY(SELECT jsonb_build_object('proposal', x.proposal_id, 'starts_at', a.starts_at, 'ends_at', a.ends_at,
      'person', coalesce(nullif(x.person, ''), '#' || x.id))
    FROM proposals_availability a JOIN proposals_presenter x ON x.id = a.presenter_id
    WHERE x.proposal_id = ANY(%(mine)s) ORDER BY a.starts_at, a.id)
"""

#: The wanted ones, what they are linked with, and of all that is on near the wanted times what they could meet:
#: in a wanted room, or with a person, a topic or the sponsor in common.
SESSIONS = """
WITH mine AS (SELECT id, sponsor_id FROM proposals_proposal WHERE id = ANY(%(mine)s)),
  near AS (
    SELECT s.proposal_id, s.room_id FROM program_session s
    WHERE s.edition_id = %(edition)s AND EXISTS (
      SELECT 1 FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) w(starts_at, ends_at)
      WHERE s.starts_at < w.ends_at AND s.ends_at > w.starts_at)),
  bearing AS (
    SELECT n.proposal_id FROM near n WHERE n.room_id = ANY(%(rooms)s)
    UNION SELECT n.proposal_id FROM near n JOIN proposals_proposal p ON p.id = n.proposal_id
      WHERE p.sponsor_id IN (SELECT sponsor_id FROM mine)
    UNION SELECT n.proposal_id FROM near n JOIN proposals_presenter x ON x.proposal_id = n.proposal_id
      JOIN proposals_presenter y ON y.proposal_id IN (SELECT id FROM mine)
        AND (lower(y.name) = lower(x.name) OR y.email <> '' AND lower(y.email) = lower(x.email)
          OR y.person <> '' AND y.person = x.person)
    UNION SELECT n.proposal_id FROM near n JOIN proposals_proposal_topics t ON t.proposal_id = n.proposal_id
      WHERE t.topic_id IN (
        SELECT u.topic_id FROM proposals_proposal_topics u WHERE u.proposal_id IN (SELECT id FROM mine))
    UNION SELECT id FROM mine
    UNION SELECT unnest(%(linked)s::bigint[]))
SELECT
  jsonb_build_object('id', p.id, 'sponsor_id', p.sponsor_id, 'format_id', p.format_id, 'track_id', p.track_id,
    'title', p.title, 'minutes', p.minutes, 'expected_audience', p.expected_audience, 'equipment', p.equipment,
    'prefers', p.prefers),
  p.earliest_at, p.latest_at, t.name,
  s.id, s.room_id, s.starts_at, s.is_pinned,
  o.room_id, o.starts_at,
  ARRAY(SELECT jsonb_build_array(x.id, x.name, x.person) FROM proposals_presenter x
    WHERE x.proposal_id = p.id ORDER BY x.position, x.id),
  ARRAY(SELECT u.topic_id FROM proposals_proposal_topics u WHERE u.proposal_id = p.id)
FROM proposals_proposal p
LEFT JOIN editions_track t ON t.id = p.track_id
LEFT JOIN program_session s ON s.proposal_id = p.id
LEFT JOIN program_slot o ON o.proposal_id = p.id
WHERE p.id IN (SELECT proposal_id FROM bearing) AND p.edition_id = %(edition)s AND p.state = ANY(%(states)s)
ORDER BY p.id
"""
