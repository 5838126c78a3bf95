import { exportCapacity, readCapacityHistory } from "../../core/datastore/history";
import { exportCompliance, readCompliance } from "../../core/report/compliance";
import { exportEvidence, readEvidence } from "../../core/report/evidence";
import { exportRunReport, readRunReport } from "../../core/report/runs";
import { ComplianceFilter, ComplianceInput } from "../../domain/compliance";
import { EvidenceFilter, EvidenceInput, RunReportFilter, RunReportInput } from "../../domain/run-report";
import { authed, router } from "../trpc";

export const reportRouter = router({
  compliance: authed.input(ComplianceInput).query(({ ctx, input }) => readCompliance(ctx, input)),
  exportCompliance: authed.input(ComplianceFilter).query(({ ctx, input }) => exportCompliance(ctx, input)),
  capacity: authed.query(({ ctx }) => readCapacityHistory(ctx)),
  exportCapacity: authed.query(({ ctx }) => exportCapacity(ctx)),
  runs: authed.input(RunReportInput).query(({ ctx, input }) => readRunReport(ctx, input)),
  exportRuns: authed.input(RunReportFilter).query(({ ctx, input }) => exportRunReport(ctx, input)),
  evidence: authed.input(EvidenceInput).query(({ ctx, input }) => readEvidence(ctx, input)),
  exportEvidence: authed.input(EvidenceFilter).query(({ ctx, input }) => exportEvidence(ctx, input)),
});
