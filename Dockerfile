FROM python:3.13.14-slim-trixie AS build
WORKDIR /build
COPY requirements/production.txt requirements/production.txt
RUN python -m venv /opt/cds && /opt/cds/bin/pip install --no-cache-dir --require-hashes -r requirements/production.txt
COPY pyproject.toml README.md ./
COPY cds_service cds_service
COPY cards cards
COPY cds_hooks_quirks cds_hooks_quirks
RUN /opt/cds/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13.14-slim-trixie
RUN useradd --system --uid 10001 --no-create-home cds && install -d -o cds /var/lib/cds
COPY --from=build /opt/cds /opt/cds
COPY deploy/health.py /opt/cds/health.py
ENV PATH=/opt/cds/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CDS_HOST=0.0.0.0 \
    CDS_DATABASE_URL=sqlite:////var/lib/cds/store.sqlite3
USER cds
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
    CMD ["python", "/opt/cds/health.py"]
ENTRYPOINT ["cds-service"]
CMD ["serve"]
