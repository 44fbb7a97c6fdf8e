export { createCloudWatchApi } from "../cloudwatch/server.ts";
export { createGrafanaApi } from "../grafana/server.ts";
export { createKubernetesApi } from "../kubernetes/server.ts";
export type { Listener } from "../listener.ts";
export { createSentryApi } from "../sentry/server.ts";
export { CRASHING, clusterEvidence, WELL } from "./cluster-evidence.ts";
export { type ClientResult, runClient } from "./run-client.ts";
export { at, SAMPLE_WINDOW, sampleEvidence, series } from "./sample-evidence.ts";
export { startApi } from "./start-api.ts";
