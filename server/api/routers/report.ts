import { readCapacityHistory } from "../../core/datastore/history";
import { exportCompliance, readCompliance } from "../../core/report/compliance";
import { ComplianceFilter, ComplianceInput } from "../../domain/compliance";
import { authed, router } from "../trpc";

export const reportRouter = router({
  compliance: authed.input(ComplianceInput).query(({ ctx, input }) => readCompliance(ctx, input)),
  exportCompliance: authed.input(ComplianceFilter).query(({ ctx, input }) => exportCompliance(ctx, input)),
  capacity: authed.query(({ ctx }) => readCapacityHistory(ctx)),
});
