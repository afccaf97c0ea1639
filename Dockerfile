# The service alone: PostgreSQL is not in the image, so DATABASE_URL is required. To be reached from outside
# the container, API_KEYS is too (or ALLOW_UNAUTHENTICATED=true, behind something that authenticates).
#
#   docker build -t message-orchestrator .
#   docker run -p 8080:8080 -e DATABASE_URL=postgresql://… -e API_KEYS=… message-orchestrator
FROM debian:12-slim AS build
WORKDIR /source
COPY scripts/lib/setup.sh scripts/lib/
RUN bash -euo pipefail -c 'source scripts/lib/setup.sh; install_packages "${build_packages[@]}"'
COPY . .
RUN bash -euo pipefail -c 'source scripts/lib/setup.sh; build release message-orchestrator' \
    && strip --strip-debug build/release/message-orchestrator

FROM debian:12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
       libdate-tz3 libpqxx-6.4 libprometheus-cpp-core1.0 libspdlog1.10 libssl3 libcurl4 libutf8proc2 \
       ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home --shell /usr/sbin/nologin orchestrator
COPY --from=build /source/build/release/message-orchestrator /usr/local/bin/
USER orchestrator
ENV PORT=8080 LOG_FORMAT=json
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/message-orchestrator"]
