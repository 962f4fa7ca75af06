# The site without the bundled services: they are containers of their own in docker-compose.yml.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --create-home --uid 10001 vinilogy
WORKDIR /app

COPY requirements.txt .
RUN pip install --requirement requirements.txt

COPY --chown=vinilogy:vinilogy . .
ENV VINILOGY_HOME=/app/.vinilogy \
    STATIC_ROOT=/app/collected/static
RUN mkdir -p /app/.vinilogy /app/collected && chown vinilogy:vinilogy /app/.vinilogy /app/collected
USER vinilogy

# Static files are the same for everybody; collecting them needs neither secrets nor a database.
RUN python manage.py prepare_static && python -m whitenoise.compress --quiet /app/collected/static

ENV PRODUCTION=1 UPSTREAMS=real
EXPOSE 8000
CMD ["uvicorn", "vinyl.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--lifespan", "off", "--timeout-graceful-shutdown", "3", \
     "--proxy-headers", "--forwarded-allow-ips", "*"]
