import { badConfig } from "./bad-config.ts";
import { badDeploy } from "./bad-deploy.ts";
import { healthy } from "./healthy.ts";
import { postgresConnections } from "./postgres-connections.ts";
import { providerSlow } from "./provider-slow.ts";
import { redisMemory } from "./redis-memory.ts";
import type { Scenario } from "./scenario.ts";

export const SCENARIOS: readonly Scenario[] = [badDeploy, postgresConnections, redisMemory, healthy, providerSlow, badConfig];
