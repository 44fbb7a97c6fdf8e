export * from "./describe-source.ts";
export * from "./faulty-upstream.ts";
