export { createExactIndex } from "./exact-index.ts";
export { createFaissIndex, type FaissStatus, faissStatus } from "./faiss-index.ts";
export { fitIqr, type Iqr } from "./iqr.ts";
export { quantile } from "./quantile.ts";
export { fitRobustZ, type RobustZ } from "./robust-z.ts";
export { type SeriesOptions, type SeriesScore, type SeriesVote, scoreSeries } from "./score-series.ts";
export {
	detectTemplateAnomalies,
	type TemplateAnomaly,
	type TemplateAnomalyOptions,
	type TemplateChange,
	type TemplateOccurrence,
} from "./template-anomalies.ts";
export { createVectorIndex, type VectorIndexOptions } from "./vector-index.ts";
export { fitZScore, type ZScore } from "./z-score.ts";
