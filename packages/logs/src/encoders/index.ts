export { type CacheCounts, type CachedEncoder, cacheVectors, type VectorStore, vectorKey } from "./cached-encoder.ts";
export { createHashingEncoder, type HashingEncoderOptions } from "./hashing-encoder.ts";
export { type JoinedPart, joinEncoders } from "./joined-encoder.ts";
export { type FailureHead, openFailureHead } from "./onnx/failure-head.ts";
export { loadOnnxRuntime } from "./onnx/load-onnxruntime.ts";
export { checkHashes, type EncoderFiles, hashOf, type ModelManifest, readEncoderFiles, readManifest } from "./onnx/manifest.ts";
export { createOnnxEncoder, type OnnxEncoder, type OnnxEncoderOptions } from "./onnx/onnx-encoder.ts";
