export { type FoldedRecord, foldStackTraces } from "./fold-stack-traces.ts";
export { createHashingEncoder, type HashingEncoderOptions } from "./hashing-encoder.ts";
export { entropyOf, type LineFeatures, lineFeatures, numericValues } from "./line-features.ts";
export { createNormaliser, MAX_LINE_CHARS, type Normalise, type NormalisedLine, normalise, type PlaceholderValue } from "./normalise.ts";
export { type ParsedBody, parseBody } from "./parse-body.ts";
export { DEFAULT_RULES, type PlaceholderRule } from "./rules.ts";
export { inferSeverity } from "./severity.ts";
export { TemplateTreeState } from "./template-state.ts";
export { createTemplateTree, type Template, type TemplateTree, type TemplateTreeOptions } from "./template-tree.ts";
