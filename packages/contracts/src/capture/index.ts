export { CaptureManifest } from "./format.ts";
export { readCapture, readManifest } from "./read.ts";
export { type WriteCaptureOptions, writeCapture } from "./write.ts";
