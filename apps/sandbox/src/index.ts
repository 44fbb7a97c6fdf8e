export { FAULT_MODES, type FaultMode, type PlannedFault } from "./faults.ts";
export { type Sandbox, type SandboxOptions, type SandboxUrls, startSandbox, UPSTREAMS, type UpstreamName } from "./sandbox.ts";
export { createWorld, type Pod, type Service, slugOf, type World, type WorldOptions } from "./world.ts";
