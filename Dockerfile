# Tempergate with embedded language models, for GitLab, Jenkins and `docker run`. Two images come of it:
#   docker build -t tempergate .                    the program and nothing else: no shell, no package manager
#   docker build -t tempergate:shell --target shell .   with BusyBox's shell at /busybox/sh, for systems that run scripts in the image (GitLab)

# The same Debian as the images below, so that the C and C++ libraries fit. The toolchain is the one of rust-toolchain.toml.
FROM rust:1.95.0-slim-trixie AS build
# cmake and a C++ compiler build llama.cpp, and libclang reads its headers. pkg-config and zlib's headers are left out on purpose:
# zlib is compiled in then, and the images below have none.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends clang cmake g++ libclang-dev make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
# The toolchain of this image, without the lints and the formatter that rust-toolchain.toml also asks for.
ENV LIBZ_SYS_STATIC=1 RUSTUP_TOOLCHAIN=1.95.0
# llama.cpp is compiled for the processor family, not for the machine that builds: the image runs elsewhere.
RUN cargo build --profile dist --locked --features embedded-model \
    && cp target/dist/tempergate /tempergate
# A mounted repository mostly belongs to another user than the container's. Git's check of that protects people who walk into
# somebody else's folder; in a container the caller has chosen what is mounted, and nothing of a repository is executed here.
RUN printf '[safe]\n\tdirectory = *\n' > /gitconfig

# libstdc++, which llama.cpp needs, and libgcc are in `cc`; `nonroot` is the user 65532.
FROM gcr.io/distroless/cc-debian13:debug-nonroot AS shell
COPY --from=build /gitconfig /etc/gitconfig
COPY --from=build /tempergate /usr/local/bin/tempergate
USER 65532:65532
WORKDIR /src
# No entry point, since systems like GitLab start a shell.
CMD ["/usr/local/bin/tempergate", "--help"]

FROM gcr.io/distroless/cc-debian13:nonroot AS plain
COPY --from=build /gitconfig /etc/gitconfig
COPY --from=build /tempergate /usr/local/bin/tempergate
USER 65532:65532
WORKDIR /src
ENTRYPOINT ["/usr/local/bin/tempergate"]
CMD ["--help"]
