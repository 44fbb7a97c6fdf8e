export { type CorrelateInput, correlate } from "./correlate.ts";
export type { SeriesVerdict } from "./evidence/metric-leads.ts";
export { createSituation, type Situation, type TemplateView } from "./situation.ts";
export { locateOnset, type Moment } from "./temporal/onset.ts";
