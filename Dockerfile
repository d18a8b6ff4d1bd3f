FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements/serve.txt requirements/serve.txt
RUN python -m venv /opt/cds && /opt/cds/bin/pip install --no-cache-dir -r requirements/serve.txt
COPY pyproject.toml README.md ./
COPY cds_service cds_service
COPY cards cards
COPY tests/quirks tests/quirks
RUN /opt/cds/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home cds
COPY --from=build /opt/cds /opt/cds
ENV PATH=/opt/cds/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CDS_HOST=0.0.0.0
USER cds
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"CDS_PORT\", 8080)}/cds-services', timeout=2)"]
ENTRYPOINT ["cds-service"]
CMD ["serve"]
