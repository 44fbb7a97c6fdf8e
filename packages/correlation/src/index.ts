export { type CorrelateInput, correlate } from "./correlate.ts";
export { type Call, callsOf } from "./evidence/call-steps.ts";
export type { TemplateNovelty } from "./evidence/log-leads.ts";
export type { ResourceOutlier, SeriesVerdict } from "./evidence/metric-leads.ts";
export type { AlertGraph, GraphAlert, LabelledAlertGraph } from "./graph/alerts/alert-graph.ts";
export { type AlertRanker, type AlertRankerOptions, type RankedNode, trainAlertRanker } from "./graph/alerts/alert-ranker.ts";
export { createSituation, type Situation, type TemplateView } from "./situation.ts";
export { type Moment, phaseOf } from "./temporal/moment.ts";
export { locateOnset } from "./temporal/onset.ts";
