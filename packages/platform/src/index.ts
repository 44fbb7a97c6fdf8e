export * from "./http/client.ts";
export * from "./http/failure.ts";
export * from "./redact/redact.ts";
export * from "./resilience/request-queue.ts";
export { withRetries } from "./resilience/retry.ts";
export * from "./telemetry/logger.ts";
