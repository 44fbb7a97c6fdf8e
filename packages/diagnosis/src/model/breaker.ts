import { AppError, type LanguageModel } from "@faultline/contracts";
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";

export interface BreakerOptions {
	/** Failed calls in a row that open the circuit; default 3. */
	failures?: number;
	/** How long it stays open before one call may try again, in milliseconds; default 60 s. */
	openMs?: number;
}

/** Failures that say the service is unwell or will not have us; a cancelled call or a bad request says nothing of it. */
const UNWELL = new Set(["RATE_LIMITED", "TIMEOUT", "UNAVAILABLE", "UNAUTHORIZED", "FORBIDDEN", "BAD_RESPONSE"]);

/** A model that stops being called after failures in a row, so that an outage costs one incident's patience and not every one's. */
export function withBreaker(model: LanguageModel, options: BreakerOptions = {}): LanguageModel {
	const unwell = handleWhen((thrown) => thrown instanceof AppError && UNWELL.has(thrown.code));
	const policy = circuitBreaker(unwell, {
		halfOpenAfter: options.openMs ?? 60_000,
		breaker: new ConsecutiveBreaker(options.failures ?? 3),
	});
	const costOf = model.costOf?.bind(model);
	return {
		name: model.name,
		...(costOf === undefined ? {} : { costOf }),
		async complete(request) {
			try {
				return await policy.execute(() => model.complete(request));
			} catch (thrown) {
				if (thrown instanceof BrokenCircuitError)
					throw new AppError("UNAVAILABLE", "the language model failed repeatedly and is left alone for a while");
				throw thrown;
			}
		},
	};
}
