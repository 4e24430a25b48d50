# One image, one binary: content, assets and migrations are embedded.
#   docker build -t hangar . && docker run --rm -p 8080:8080 -v hangar:/data hangar
# Behind a host name, give it: -e HANGAR_PUBLIC_URL=https://hangar.example; otherwise only addresses and localhost are answered.
# For learners' own kubectl on the practice cluster: -p 6443:6443 -e HANGAR_CLUSTER_URL=https://localhost:6443, or by the host's name.
FROM rust:1.95.0-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /hangar
# The toolchain's parts, in a layer that stays as long as this file does.
COPY rust-toolchain.toml .
RUN rustup toolchain install
COPY . .
RUN cargo xtask build --release

FROM debian:bookworm-slim
# Certificate authorities: for databases and API servers with public certificates.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin hangar
COPY --from=build /hangar/target/release/hangar /usr/local/bin/hangar
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080 6443
ENV HANGAR_CLUSTER_LISTEN=0.0.0.0:6443 HANGAR_DATABASE_URL=sqlite:///data/hangar.db
ENTRYPOINT ["hangar"]
# As an argument: the variable would also move what `hangar cluster` listens on.
CMD ["serve", "--listen", "0.0.0.0:8080"]
