/** What Bulk API 1.0 answers, in XML and in JSON. */

import { Decimal } from '../answer-json.ts';
import { csvLine } from '../bulk/dialect.ts';
import { errorText } from '../bulk/ingest.ts';
import type { ListedJob } from '../bulk/list.ts';
import { formatDateTime } from '../format.ts';
import type { DmlResult } from '../types.ts';
import { writeXml, type XmlOutput } from '../xml.ts';
import type { Batch, BatchState, Job } from './jobs.ts';

const NAMESPACES = {
  xmlns: 'http://www.force.com/2009/06/asyncapi/dataload',
  'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
};

/** An XML document of this API. A list repeats the element `each`. */
export function xmlDocument(root: string, content: { [name: string]: XmlOutput }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${writeXml(root, { $: NAMESPACES, ...content })}`;
}

/** The fields of a description, in order. */
export type Info = Record<string, string | number | boolean | null>;

function countOf(job: Job, ...states: BatchState[]): number {
  return job.batches.filter((batch) => states.includes(batch.state)).length;
}

function sumOf(job: Job, value: (batch: Batch) => number): number {
  return job.batches.reduce((sum, batch) => sum + value(batch), 0);
}

/** The description of a job. */
export function jobInfo(job: Job): Info {
  const { externalIdFieldName, assignmentRuleId } = job;
  const worked = Math.round(sumOf(job, (batch) => batch.workedMs));
  return {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: job.createdById,
    createdDate: formatDateTime(job.createdAt),
    systemModstamp: formatDateTime(job.changedAt),
    state: job.state,
    ...(externalIdFieldName === undefined ? {} : { externalIdFieldName }),
    concurrencyMode: job.concurrencyMode,
    contentType: job.contentType,
    numberBatchesQueued: countOf(job, 'Queued'),
    numberBatchesInProgress: countOf(job, 'InProgress'),
    numberBatchesCompleted: countOf(job, 'Completed'),
    numberBatchesFailed: countOf(job, 'Failed'),
    numberBatchesTotal: job.batches.length,
    numberRecordsProcessed: sumOf(job, (batch) => batch.processed),
    numberRetries: 0,
    apiVersion: Number(job.version),
    ...(assignmentRuleId === undefined ? {} : { assignmentRuleId }),
    numberRecordsFailed: sumOf(job, (batch) => batch.failed),
    totalProcessingTime: worked,
    apiActiveProcessingTime: worked,
    apexProcessingTime: 0,
  };
}

/** A job as the lists of Bulk API 2.0 hold it. */
export function listedJob(job: Job): ListedJob {
  const { id, operation, object, createdById, state, concurrencyMode, contentType } = job;
  return {
    description: {
      id,
      operation,
      object,
      createdById,
      createdDate: formatDateTime(job.createdAt),
      systemModstamp: formatDateTime(job.changedAt),
      state,
      concurrencyMode,
      contentType,
      apiVersion: new Decimal(job.version),
    },
    jobType: 'Classic',
    concurrencyMode,
    isPkChunkingEnabled: job.chunkSize !== undefined,
  };
}

/** The description of a batch. */
export function batchInfo(batch: Batch): Info {
  const worked = Math.round(batch.workedMs);
  return {
    id: batch.id,
    jobId: batch.jobId,
    state: batch.state,
    ...(batch.stateMessage === undefined ? {} : { stateMessage: batch.stateMessage }),
    createdDate: formatDateTime(batch.createdAt),
    systemModstamp: formatDateTime(batch.changedAt),
    numberRecordsProcessed: batch.processed,
    numberRecordsFailed: batch.failed,
    totalProcessingTime: worked,
    apiActiveProcessingTime: worked,
    apexProcessingTime: 0,
  };
}

/** A description as an XML element's content: instants end in Z there, and the version keeps its decimal. */
export function xmlInfo(info: Info): { [name: string]: XmlOutput } {
  const entries = Object.entries(info).map(([name, value]): [string, XmlOutput] => {
    if (name === 'apiVersion') return [name, Number(value).toFixed(1)];
    return [name, typeof value === 'string' ? value.replace(/\.000\+0000$/, '.000Z') : value];
  });
  return Object.fromEntries(entries);
}

const DIALECT = { columnDelimiter: 'COMMA', lineEnding: 'LF' } as const;

function csvResults({ results, header }: Batch): string {
  const lines = results.map(({ id, success, created, errors }) => {
    const error = success ? '' : errorText(errors[0], header);
    return csvLine([id ?? '', String(success), String(created), error], DIALECT);
  });
  return csvLine(['Id', 'Success', 'Created', 'Error'], DIALECT) + lines.join('');
}

function jsonResult({ id, success, created, errors }: DmlResult) {
  return {
    success,
    created,
    id,
    errors: errors.map(({ message, fields, statusCode }) => ({
      message,
      fields,
      statusCode,
      extendedErrorDetails: null,
    })),
  };
}

function xmlResult({ id, success, created, errors }: DmlResult): XmlOutput {
  return {
    ...(errors.length === 0
      ? {}
      : { errors: errors.map(({ fields, message, statusCode }) => ({ fields, message, statusCode })) }),
    ...(id === null ? {} : { id }),
    success,
    created,
  };
}

/** What came of each record of a batch, in the job's format. */
export function writeResults(batch: Batch, { contentType }: Job): string {
  if (contentType === 'CSV') return csvResults(batch);
  if (contentType === 'JSON') return JSON.stringify(batch.results.map(jsonResult));
  return xmlDocument('results', { result: batch.results.map(xmlResult) });
}
