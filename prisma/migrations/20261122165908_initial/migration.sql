-- CreateTable
CREATE TABLE "Action" (
    "id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'PENDING',
    "vmId" INTEGER,
    "vmName" TEXT,
    "imageId" INTEGER,
    "datastoreId" INTEGER,
    "hostId" INTEGER,
    "actorId" INTEGER NOT NULL,
    "actorName" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "progress" JSONB NOT NULL,
    "result" JSONB NOT NULL DEFAULT '{}',
    "error" TEXT,
    "warnings" TEXT[],
    "bytes" BIGINT,
    "cancelRequested" TIMESTAMP(3),
    "fence" BIGINT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMP(3),
    "endedAt" TIMESTAMP(3),

    CONSTRAINT "Action_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ActionLog" (
    "id" BIGSERIAL NOT NULL,
    "actionId" INTEGER NOT NULL,
    "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "level" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "ActionLog_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Event" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "topic" TEXT NOT NULL,
    "objectId" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "Event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Lease" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "fence" BIGINT NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Lease_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "User" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "passwordHash" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "gid" INTEGER NOT NULL,
    "template" JSONB NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Group" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "Group_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Membership" (
    "userId" INTEGER NOT NULL,
    "groupId" INTEGER NOT NULL,

    CONSTRAINT "Membership_pkey" PRIMARY KEY ("userId","groupId")
);

-- CreateTable
CREATE TABLE "SignInAttempt" (
    "key" TEXT NOT NULL,
    "failures" INTEGER NOT NULL,
    "blockedTo" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "SignInAttempt_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "DatastoreQuota" (
    "subject" TEXT NOT NULL,
    "subjectId" INTEGER NOT NULL,
    "datastoreId" INTEGER NOT NULL,
    "sizeLimitMb" INTEGER NOT NULL DEFAULT -1,
    "sizeUsedMb" INTEGER NOT NULL DEFAULT 0,
    "imagesLimit" INTEGER NOT NULL DEFAULT -1,
    "imagesUsed" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "DatastoreQuota_pkey" PRIMARY KEY ("subject","subjectId","datastoreId")
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "userId" INTEGER NOT NULL,
    "userName" TEXT NOT NULL,
    "what" TEXT NOT NULL,
    "object" TEXT NOT NULL,
    "objectId" INTEGER NOT NULL,
    "result" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Counter" (
    "name" TEXT NOT NULL,
    "next" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "Counter_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "Setting" (
    "name" TEXT NOT NULL,
    "value" JSONB NOT NULL,

    CONSTRAINT "Setting_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "Host" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "imMad" TEXT NOT NULL DEFAULT 'kvm',
    "vmMad" TEXT NOT NULL DEFAULT 'kvm',
    "state" INTEGER NOT NULL DEFAULT 2,
    "template" JSONB NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Host_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Datastore" (
    "id" INTEGER NOT NULL,
    "uid" INTEGER NOT NULL,
    "gid" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "permissions" INTEGER NOT NULL DEFAULT 384,
    "type" TEXT NOT NULL,
    "dsMad" TEXT NOT NULL,
    "tmMad" TEXT NOT NULL,
    "diskType" TEXT NOT NULL DEFAULT 'FILE',
    "basePath" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "totalMb" INTEGER NOT NULL DEFAULT 0,
    "freeMb" INTEGER NOT NULL DEFAULT 0,
    "usedMb" INTEGER NOT NULL DEFAULT 0,
    "monitoredAt" TIMESTAMP(3),
    "monitorError" TEXT,
    "template" JSONB NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Datastore_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Image" (
    "id" INTEGER NOT NULL,
    "uid" INTEGER NOT NULL,
    "gid" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "permissions" INTEGER NOT NULL DEFAULT 384,
    "type" TEXT NOT NULL,
    "diskType" TEXT NOT NULL DEFAULT 'FILE',
    "persistent" BOOLEAN NOT NULL DEFAULT false,
    "source" TEXT NOT NULL DEFAULT '',
    "path" TEXT NOT NULL DEFAULT '',
    "format" TEXT NOT NULL DEFAULT 'raw',
    "fs" TEXT NOT NULL DEFAULT '',
    "sizeMb" INTEGER NOT NULL DEFAULT 0,
    "state" TEXT NOT NULL DEFAULT 'INIT',
    "prevState" TEXT NOT NULL DEFAULT 'INIT',
    "cloningId" INTEGER NOT NULL DEFAULT -1,
    "error" TEXT,
    "datastoreId" INTEGER NOT NULL,
    "vmId" INTEGER,
    "vmName" TEXT,
    "isChain" BOOLEAN NOT NULL DEFAULT false,
    "backupJobId" INTEGER,
    "backupDisks" INTEGER[],
    "selectedOnly" BOOLEAN NOT NULL DEFAULT false,
    "template" JSONB NOT NULL DEFAULT '{}',
    "registeredAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "modifiedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Image_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Increment" (
    "imageId" INTEGER NOT NULL,
    "id" INTEGER NOT NULL,
    "parentId" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "sizeMb" INTEGER NOT NULL,
    "storedBytes" BIGINT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "actionId" INTEGER,
    "verification" TEXT NOT NULL DEFAULT 'unverified',
    "broken" TEXT,
    "manifest" JSONB,
    "diskIds" INTEGER[],
    "guestBytes" BIGINT NOT NULL DEFAULT 0,
    "vmDocument" TEXT NOT NULL,

    CONSTRAINT "Increment_pkey" PRIMARY KEY ("imageId","id")
);

-- CreateTable
CREATE TABLE "Vm" (
    "id" INTEGER NOT NULL,
    "uid" INTEGER NOT NULL,
    "gid" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "permissions" INTEGER NOT NULL DEFAULT 384,
    "state" TEXT NOT NULL DEFAULT 'INIT',
    "prevState" TEXT NOT NULL DEFAULT 'INIT',
    "hostId" INTEGER NOT NULL,
    "systemDatastoreId" INTEGER NOT NULL,
    "deployId" TEXT NOT NULL DEFAULT '',
    "startedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMP(3),
    "error" TEXT,
    "template" JSONB NOT NULL DEFAULT '{}',
    "userTemplate" JSONB NOT NULL DEFAULT '{}',
    "backupConfig" JSONB NOT NULL,

    CONSTRAINT "Vm_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "VmHistory" (
    "vmId" INTEGER NOT NULL,
    "seq" INTEGER NOT NULL,
    "hostId" INTEGER NOT NULL,
    "hostName" TEXT NOT NULL,
    "datastoreId" INTEGER NOT NULL,
    "vmMad" TEXT NOT NULL,
    "tmMad" TEXT NOT NULL,
    "action" INTEGER NOT NULL DEFAULT 0,
    "uid" INTEGER NOT NULL DEFAULT -1,
    "gid" INTEGER NOT NULL DEFAULT -1,
    "startedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMP(3),

    CONSTRAINT "VmHistory_pkey" PRIMARY KEY ("vmId","seq")
);

-- CreateTable
CREATE TABLE "VmTemplate" (
    "id" INTEGER NOT NULL,
    "uid" INTEGER NOT NULL,
    "gid" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "permissions" INTEGER NOT NULL DEFAULT 384,
    "registeredAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "template" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "VmTemplate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "VirtualNetwork" (
    "id" INTEGER NOT NULL,
    "uid" INTEGER NOT NULL,
    "gid" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "permissions" INTEGER NOT NULL DEFAULT 384,
    "bridge" TEXT NOT NULL DEFAULT '',
    "vnMad" TEXT NOT NULL DEFAULT 'dummy',
    "template" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "VirtualNetwork_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AddressRange" (
    "networkId" INTEGER NOT NULL,
    "id" INTEGER NOT NULL,
    "type" TEXT NOT NULL DEFAULT 'IP4',
    "ip" TEXT,
    "mac" TEXT NOT NULL,
    "size" INTEGER NOT NULL,

    CONSTRAINT "AddressRange_pkey" PRIMARY KEY ("networkId","id")
);

-- CreateIndex
CREATE INDEX "Action_state_idx" ON "Action"("state");

-- CreateIndex
CREATE INDEX "Action_vmId_createdAt_idx" ON "Action"("vmId", "createdAt");

-- CreateIndex
CREATE INDEX "Action_createdAt_idx" ON "Action"("createdAt");

-- CreateIndex
CREATE INDEX "ActionLog_actionId_id_idx" ON "ActionLog"("actionId", "id");

-- CreateIndex
CREATE INDEX "Event_at_idx" ON "Event"("at");

-- CreateIndex
CREATE UNIQUE INDEX "User_name_key" ON "User"("name");

-- CreateIndex
CREATE UNIQUE INDEX "Group_name_key" ON "Group"("name");

-- CreateIndex
CREATE INDEX "AuditEntry_at_idx" ON "AuditEntry"("at");

-- CreateIndex
CREATE UNIQUE INDEX "Host_name_key" ON "Host"("name");

-- CreateIndex
CREATE UNIQUE INDEX "Datastore_uid_name_key" ON "Datastore"("uid", "name");

-- CreateIndex
CREATE INDEX "Image_vmId_idx" ON "Image"("vmId");

-- CreateIndex
CREATE INDEX "Image_datastoreId_idx" ON "Image"("datastoreId");

-- CreateIndex
CREATE UNIQUE INDEX "Image_uid_type_name_key" ON "Image"("uid", "type", "name");

-- CreateIndex
CREATE INDEX "Increment_at_idx" ON "Increment"("at");

-- CreateIndex
CREATE INDEX "Vm_state_idx" ON "Vm"("state");

-- CreateIndex
CREATE INDEX "Vm_name_idx" ON "Vm"("name");

-- CreateIndex
CREATE UNIQUE INDEX "VmTemplate_uid_name_key" ON "VmTemplate"("uid", "name");

-- CreateIndex
CREATE UNIQUE INDEX "VirtualNetwork_uid_name_key" ON "VirtualNetwork"("uid", "name");

-- AddForeignKey
ALTER TABLE "ActionLog" ADD CONSTRAINT "ActionLog_actionId_fkey" FOREIGN KEY ("actionId") REFERENCES "Action"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Membership" ADD CONSTRAINT "Membership_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Membership" ADD CONSTRAINT "Membership_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "Group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Image" ADD CONSTRAINT "Image_datastoreId_fkey" FOREIGN KEY ("datastoreId") REFERENCES "Datastore"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Increment" ADD CONSTRAINT "Increment_imageId_fkey" FOREIGN KEY ("imageId") REFERENCES "Image"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "VmHistory" ADD CONSTRAINT "VmHistory_vmId_fkey" FOREIGN KEY ("vmId") REFERENCES "Vm"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AddressRange" ADD CONSTRAINT "AddressRange_networkId_fkey" FOREIGN KEY ("networkId") REFERENCES "VirtualNetwork"("id") ON DELETE CASCADE ON UPDATE CASCADE;
