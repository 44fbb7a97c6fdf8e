export * from "./analysis.ts";
export * from "./errors.ts";
export * from "./evidence.ts";
export * from "./metric.ts";
export * from "./ports.ts";
export * from "./report.ts";
export * from "./signal.ts";
export * from "./time-window.ts";
