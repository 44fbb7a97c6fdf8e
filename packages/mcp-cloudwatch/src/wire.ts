import { z } from "zod";

/*
 * What must be there for an answer of the SDK to be CloudWatch's: the SDK types whatever JSON it gets, so that a page of
 * something else would read as "nothing found".
 */
const token = z.string().nullish();

export const LogGroups = z.object({ logGroups: z.array(z.object({ logGroupName: z.string() })), nextToken: token });
export const StartedQuery = z.object({ queryId: z.string() });
export const QueryResults = z.object({
	results: z.array(z.array(z.object({ field: z.string(), value: z.string().nullish() }))),
	status: z.string(),
});
export const TrailEvents = z.object({ Events: z.array(z.object({ EventId: z.string(), EventTime: z.date() })), NextToken: token });
/** An operation whose answer is not read. */
export const Anything = z.unknown();
export const LogEvents = z.object({
	events: z.array(
		z.object({ eventId: z.string().nullish(), timestamp: z.number(), message: z.string().nullish(), logStreamName: z.string().nullish() }),
	),
	nextToken: token,
});
export const Metrics = z.object({
	Metrics: z.array(
		z.object({
			Namespace: z.string(),
			MetricName: z.string(),
			Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })).nullish(),
		}),
	),
	NextToken: token,
});
export const MetricData = z.object({
	MetricDataResults: z.array(z.object({ Id: z.string(), Timestamps: z.array(z.date()), Values: z.array(z.number()) })),
	NextToken: token,
});
export const Statistics = z.object({ Datapoints: z.array(z.object({ Unit: z.string().nullish() })) });
export const Alarms = z
	.object({
		MetricAlarms: z.array(z.object({ AlarmName: z.string() })).nullish(),
		CompositeAlarms: z.array(z.object({ AlarmName: z.string() })).nullish(),
		NextToken: token,
	})
	.refine((v) => v.MetricAlarms != null || v.CompositeAlarms != null);
export const AlarmHistory = z.object({
	AlarmHistoryItems: z.array(z.object({ AlarmName: z.string().nullish(), Timestamp: z.date() })),
	NextToken: token,
});

/** HistoryData of a state update. */
export const StateUpdate = z.object({
	oldState: z.looseObject({ stateValue: z.string() }).optional().catch(undefined),
	newState: z.looseObject({
		stateValue: z.string(),
		stateReason: z.string().optional().catch(undefined),
		stateReasonData: z.unknown().optional(),
	}),
});

/** StateReasonData of a metric alarm. */
export const ReasonData = z.looseObject({
	recentDatapoints: z.array(z.number()).optional().catch(undefined),
	threshold: z.number().optional().catch(undefined),
});

/** An EventBridge event, as a rule delivers it into a log group. */
export const BridgeEvent = z.looseObject({
	id: z.string(),
	"detail-type": z.string(),
	source: z.string(),
	time: z.string(),
	resources: z.array(z.string()).default([]),
	detail: z.record(z.string(), z.unknown()),
});

/** CloudTrailEvent of an event: its record as JSON. */
export const TrailRecord = z.looseObject({
	requestParameters: z.record(z.string(), z.unknown()).nullish().catch(undefined),
	errorCode: z.string().optional().catch(undefined),
});
