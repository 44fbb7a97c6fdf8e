export { FAULT_NAMES, type FaultName, HEALTHY_NAMES, type HealthyName } from "./faults/names.ts";
export { drawPlan, type Generated, generate, type Plan } from "./generate.ts";
export { createRandom, type Random } from "./random.ts";
export { GeneratorSettings } from "./settings.ts";
export { GeneratedTruth } from "./truth.ts";
