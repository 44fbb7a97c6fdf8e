export { investigate, type Workbench } from "./jobs/investigations.ts";
export { type AnalyzeOptions, analyze } from "./pipeline.ts";
export { openDesk, openWorkbench } from "./server/open-desk.ts";
export { orchestratorServer } from "./server/orchestrator-server.ts";
export { serveOrchestrator } from "./server/serve-http.ts";
