export { type FaultMode, FAULT_MODES, type PlannedFault } from "./faults.ts";
export { type Sandbox, type SandboxOptions, type SandboxUrls, startSandbox, type UpstreamName, UPSTREAMS } from "./sandbox.ts";
export { createWorld, type Pod, type Service, slugOf, type World, type WorldOptions } from "./world.ts";
