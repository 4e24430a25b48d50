# One image, one binary: content, assets and migrations are embedded.
#   docker build -t hangar . && docker run --rm -p 8080:8080 -v hangar:/data hangar
FROM rust:1.95.0-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev \
 && rm -rf /var/lib/apt/lists/* \
 && rustup target add wasm32-unknown-unknown
WORKDIR /hangar
COPY . .
RUN cargo xtask build --release

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home hangar
COPY --from=build /hangar/target/release/hangar /usr/local/bin/hangar
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
ENV HANGAR_LISTEN=0.0.0.0:8080 HANGAR_DATABASE_URL=sqlite:///data/hangar.db
ENTRYPOINT ["hangar"]
CMD ["serve"]
