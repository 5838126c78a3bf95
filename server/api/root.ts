import { accessRouter, auditRouter, userRouter } from "./routers/access";
import { actionRouter } from "./routers/action";
import { backupRouter } from "./routers/backup";
import { datastoreRouter } from "./routers/datastore";
import { filesRouter } from "./routers/files";
import { hostRouter } from "./routers/host";
import { imageRouter, networkRouter, templateRouter } from "./routers/inventory";
import { jobRouter, scheduleRouter } from "./routers/job";
import { notificationRouter } from "./routers/notification";
import { reportRouter } from "./routers/report";
import { restoreRouter } from "./routers/restore";
import { retentionRouter } from "./routers/retention";
import { demoRouter, eventsRouter, systemRouter } from "./routers/system";
import { tokenRouter } from "./routers/token";
import { verificationRouter } from "./routers/verification";
import { viewRouter } from "./routers/view";
import { vmRouter } from "./routers/vm";
import { createCallerFactory, router } from "./trpc";

export const appRouter = router({
  system: systemRouter,
  demo: demoRouter,
  events: eventsRouter,
  vm: vmRouter,
  backup: backupRouter,
  restore: restoreRouter,
  retention: retentionRouter,
  report: reportRouter,
  notification: notificationRouter,
  action: actionRouter,
  datastore: datastoreRouter,
  host: hostRouter,
  image: imageRouter,
  template: templateRouter,
  network: networkRouter,
  job: jobRouter,
  schedule: scheduleRouter,
  user: userRouter,
  access: accessRouter,
  audit: auditRouter,
  verification: verificationRouter,
  files: filesRouter,
  token: tokenRouter,
  view: viewRouter,
});

export type AppRouter = typeof appRouter;
export const createCaller = createCallerFactory(appRouter);
