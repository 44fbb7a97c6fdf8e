import type { EvidenceSet } from "@faultline/contracts";
import type { FastifyInstance } from "fastify";
import { type Listener, listen } from "../listener.ts";
import { createWorld, type World, type WorldOptions } from "../world.ts";

/** One API of the sandbox over some evidence, on a free loopback port. */
export async function startApi(
	create: (world: World) => FastifyInstance,
	evidence: EvidenceSet,
	options: WorldOptions = {},
): Promise<Listener> {
	return await listen(create(createWorld(evidence, options)), "127.0.0.1", 0);
}
