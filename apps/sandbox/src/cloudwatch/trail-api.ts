import type { ChangeSignal } from "@faultline/contracts";
import { z } from "zod";
import type { World } from "../world.ts";
import { ACCOUNT, REGION } from "./log-groups.ts";
import { type Operation, parseInput } from "./logs-api.ts";
import { pageOf } from "./page-token.ts";

const seconds = z.number().transform((s) => s * 1000);
const Lookup = z.object({
	LookupAttributes: z
		.array(z.object({ AttributeKey: z.string(), AttributeValue: z.string() }))
		.max(1)
		.default([]),
	StartTime: seconds.optional(),
	EndTime: seconds.optional(),
	MaxResults: z.number().int().min(1).max(50).default(50),
	NextToken: z.string().optional(),
});

/** CloudTrail: what the capture knows from CloudTrail itself (changes whose attributes name an eventSource); deploys and flags of others are not in it. */
export function trailOperations(world: World): Record<string, Operation> {
	const events = world.changes.filter((c) => typeof c.attributes.eventSource === "string").reverse();
	return { LookupEvents: (input) => lookup(events, parseInput(Lookup, input, "InvalidLookupAttributesException")) };
}

function lookup(events: readonly ChangeSignal[], { NextToken, MaxResults, ...query }: z.output<typeof Lookup>): object {
	const { StartTime = Number.NEGATIVE_INFINITY, EndTime = Number.POSITIVE_INFINITY } = query;
	const wanted = query.LookupAttributes[0];
	const found = events.filter((e) => {
		const ms = Date.parse(e.time);
		const fits = wanted === undefined || wanted.AttributeKey !== "EventName" || wanted.AttributeValue === e.attributes.eventName;
		return ms >= StartTime && ms <= EndTime && fits && !(wanted?.AttributeKey === "ReadOnly" && wanted.AttributeValue === "true");
	});
	const { items, next } = pageOf(found, query, NextToken, MaxResults, "InvalidNextTokenException");
	return { Events: items.map(wireOf), NextToken: next };
}

function wireOf({ change, attributes, resource, time }: ChangeSignal): object {
	const name = String(attributes.eventName ?? "Unknown");
	const record = {
		eventVersion: "1.11",
		eventTime: time,
		eventSource: attributes.eventSource,
		eventName: name,
		awsRegion: REGION,
		recipientAccountId: ACCOUNT,
		readOnly: false,
		eventID: change.id,
		sourceIPAddress: "203.0.113.7",
		requestParameters: attributes.parameters ?? null,
		...(attributes.errorCode === undefined ? {} : { errorCode: attributes.errorCode }),
	};
	return {
		EventId: change.id,
		EventName: name,
		ReadOnly: "false",
		EventTime: new Date(time),
		EventSource: attributes.eventSource,
		Username: change.author ?? "",
		Resources: [{ ResourceType: "AWS::Unknown", ResourceName: resource }],
		CloudTrailEvent: JSON.stringify(record),
	};
}
