# The server as an image: docker build -t auraimage .
# Nothing secret is in it: settings come from the environment when it runs. See deploy/README.md.

FROM node:24-trixie-slim AS build
WORKDIR /src
# What the server does not need is not fetched: browsers, emulators.
ENV CI=true npm_config_update_notifier=false
COPY . .
RUN npm ci --ignore-scripts && npm run pack:server -- /packed \
 && npm install --global --prefix /app --ignore-scripts /packed/*.tgz

FROM node:24-trixie-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8787 \
    AURA_DATA_DIR=/data
# The command aura-server, and the package that it is in.
COPY --from=build --chown=root:root /app /usr/local
# The server's own user can write its data and nothing else.
RUN install --directory --owner=node --group=node --mode=0700 /data
USER node
WORKDIR /data
VOLUME /data
EXPOSE 8787
# SIGTERM ends it in order, in 25 seconds and a few more for what is left: give it 30 before SIGKILL. As
# process 1 it handles the signal itself and needs no init: what it starts, it waits for.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["aura-server"]
