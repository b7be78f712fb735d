# One image for site, workers, beat and migrations; docker-compose.yml says which command each runs.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
RUN useradd --system --create-home --uid 10001 expo
WORKDIR /srv/expo

COPY requirements.txt .
RUN pip install --require-hashes -r requirements.txt

COPY . .
# Collecting static files needs settings, but no server and no real secret.
RUN SECRET_KEY=only-while-building DATABASE_URL=postgresql://nobody@localhost/none BROKER_URL=redis://localhost/0 \
    python manage.py collectstatic --no-input \
    && install -d -o expo /var/lib/expo /tmp/metrics
ENV DATA_DIR=/var/lib/expo

USER expo
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-m", "expo.ops.probe", "/healthz"]
CMD ["python", "-m", "gunicorn", "expo.wsgi", "-c", "python:expo.ops.gunicorn", "--bind", "0.0.0.0:8000", \
     "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-"]
