export * from "./describe-source.ts";
export * from "./faulty-upstream.ts";
export * from "./named-tests.ts";
export * from "./planted-secrets.ts";
export * from "./tool-tokens.ts";
