# The orchestrator and the CLI: docker build -t faultline .
FROM node:24-bookworm-slim AS build
ENV ONNXRUNTIME_NODE_INSTALL=skip TURBO_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1 CI=1
# The compiler and FAISS, for faiss-node: npm has no prebuilt binary of it.
RUN apt-get update \
	&& apt-get install -y --no-install-recommends g++ make python3 ca-certificates libfaiss-dev libopenblas-dev libgomp1 \
	&& rm -rf /var/lib/apt/lists/*
WORKDIR /build
RUN npm install --global --no-audit --no-fund pnpm@12.21.0
COPY . .
RUN pnpm install --frozen-lockfile && pnpm exec turbo run build --filter=@faultline/cli
# FAISS where it can be had; without it the exact index is used, and the health answer says so.
RUN node --input-type=module --eval "const { ensureFaiss } = await import('/build/scripts/faiss.mjs'); console.log(await ensureFaiss({ install: true, node: process.execPath, log: console.error }));"
# What runs: one bundle, the packages with native parts, the models.
RUN mkdir -p /app/models \
	&& cp -r apps/cli/dist /app/dist && cp package.json LICENSE /app/ \
	&& node scripts/native-packages.mjs /app/node_modules faiss-node onnxruntime-node \
	&& rm -rf /app/node_modules/onnxruntime-node/bin/napi-v*/darwin /app/node_modules/onnxruntime-node/bin/napi-v*/win32 \
	&& if [ -d models ]; then cp -r models/. /app/models/; fi

FROM node:24-bookworm-slim
# What the compiled faiss-node links to, and the certificates of the four sources.
RUN apt-get update \
	&& apt-get install -y --no-install-recommends ca-certificates libopenblas0-pthread libgomp1 \
	&& rm -rf /var/lib/apt/lists/* \
	&& rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* /usr/local/bin/yarn* \
	&& install -d -o node -g node /var/lib/faultline
WORKDIR /app
COPY --from=build /app /app
ENV NODE_ENV=production FAULTLINE_DATA_DIR=/var/lib/faultline FAULTLINE_CONFIG=/etc/faultline/faultline.yaml
# uid 1000 by number, so that Kubernetes can see that it is not root.
USER 1000:1000
VOLUME /var/lib/faultline
EXPOSE 8420
HEALTHCHECK --interval=20s --timeout=5s --start-period=60s CMD ["node", "--eval", "fetch('http://127.0.0.1:8420/api/v1/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/faultline.js"]
CMD ["serve"]
