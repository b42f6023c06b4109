"""What `vwi up` wants of a Prefect server: work pool, limits, automations. Safe to run again: `python -m flows.setup POOL '{"llm": 2}'`."""

import json
import os
import sys
from datetime import timedelta

from prefect import get_client
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.events.actions import CallWebhook, ChangeFlowRunState, DoNothing, PauseDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectAlreadyExists
from prefect.workers.process import ProcessWorker

from flows.limits import KNOWN, limit_name

TAG = "vwi"  # of all our deployments, so of their runs
OURS = {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"}
HEARTBEAT = "prefect.flow-run.heartbeat"
ENDS = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Crashed", "Cancelled")}
RUN = {"prefect.resource.id": "prefect.flow-run.*"}
SILENT_S = 120  # a run beats every 30 s (PREFECT_FLOWS_HEARTBEAT_FREQUENCY)
WEBHOOK = "vwi-webhook"
WEBHOOK_VARIABLE = "VWI_WEBHOOK_URL"  # an address that may hold a key: from the environment only
EACH_RUN, EACH_DEPLOYMENT = {"prefect.resource.id"}, {"related:deployment:prefect.resource.id"}


def main(pool: str, limits: dict[str, int]) -> None:
    with get_client(sync_client=True) as client:
        make_pool(client, pool)
        set_limits(client, limits)
        set_automations(client, webhook(os.environ.get(WEBHOOK_VARIABLE)))


def make_pool(client: SyncPrefectClient, name: str) -> None:
    try:
        template = ProcessWorker.get_default_base_job_template()
        client.create_work_pool(WorkPoolCreate(name=name, type="process", base_job_template=template))
    except ObjectAlreadyExists:
        pass


def set_limits(client: SyncPrefectClient, limits: dict[str, int]) -> None:
    """Those named are as given; ours that are not named any more go."""
    for what, batches in limits.items():
        client.upsert_global_concurrency_limit_by_name(limit_name(what), batches)
    for limit in client.read_global_concurrency_limits(limit=200):
        if limit.name in map(limit_name, KNOWN) and limit.name.removeprefix("vwi-") not in limits:
            client.delete_global_concurrency_limit_by_name(limit.name)


def webhook(url: str | None) -> CallWebhook | None:
    """The server keeps the address encrypted; without one nobody is told."""
    if not url:
        return None
    block = Webhook(method="POST", url=url)
    payload = json.dumps(
        {"event": "{{ event.event }}", "run": "{{ event.resource.name }}", "at": "{{ event.occurred }}", "why": "{{ event.payload.why }}"}
    )
    return CallWebhook(block_document_id=block.save(WEBHOOK, overwrite=True), payload=payload)


def set_automations(client: SyncPrefectClient, tell: CallWebhook | None) -> None:
    """Made where they are not, and made anew where they are; whether one is on or off stays as the user left it."""
    there = {one.name: one for one in client.read_automations()}
    for wanted in automations(tell):
        have = there.get(wanted.name)
        if have is None:
            client.create_automation(wanted)
        else:
            # an update sends only what was set, and would leave out of what type trigger and actions are: so all of it is set
            whole = wanted.model_dump(mode="json", exclude={"owner_resource"}) | {"enabled": have.enabled}
            client.update_automation(have.id, AutomationCore.model_validate(whole))


def automations(tell: CallWebhook | None) -> list[AutomationCore]:
    told = [tell] if tell else []
    return [
        AutomationCore(
            name="vwi: a budget that is reached pauses the schedule",
            description="Raise it in vwi.toml, then resume the deployment: the next run goes on where this one stopped.",
            trigger=EventTrigger(expect={"vwi.budget.reached"}, for_each=EACH_DEPLOYMENT, posture=Posture.Reactive, threshold=1),
            actions=[PauseDeployment(source="inferred"), *told],
        ),
        AutomationCore(
            name="vwi: three failures in a day pause the schedule",
            description="What was answered is in the lake; the logs of the runs say what is wrong.",
            trigger=EventTrigger(
                expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
                match=RUN,
                match_related=OURS,
                for_each=EACH_DEPLOYMENT,
                posture=Posture.Reactive,
                threshold=3,
                within=timedelta(days=1),
            ),
            actions=[PauseDeployment(source="inferred")],
        ),
        AutomationCore(
            name="vwi: each failure is told",
            description=f"To the address in {WEBHOOK_VARIABLE}, as it was when `vwi up` ran.",
            trigger=EventTrigger(
                expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
                match=RUN,
                match_related=OURS,
                for_each=EACH_RUN,
                posture=Posture.Reactive,
                threshold=1,
            ),
            actions=told or [DoNothing()],
        ),
        AutomationCore(
            name="vwi: a run that fell silent is marked crashed",
            description="Its process or machine died. The next run of the lake goes on where it stopped.",
            trigger=EventTrigger(
                after={HEARTBEAT},
                expect={HEARTBEAT, *ENDS},
                match=RUN,
                match_related=OURS,
                for_each=EACH_RUN,
                posture=Posture.Proactive,
                threshold=1,
                within=timedelta(seconds=SILENT_S),
            ),
            actions=[ChangeFlowRunState(state=StateType.CRASHED, message="no sign of life; what was answered is in the lake")],
        ),
    ]


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
