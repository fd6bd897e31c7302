"""Drives Microsoft's Python client, unchanged, against a simulator. Prints a line for each thing that went well."""

import os
import socket
import ssl
import sys
import tempfile
import time
import warnings
from enum import IntEnum
from urllib.parse import urlsplit

import pandas
from azure.identity import ClientSecretCredential
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models.filters import col
from PowerPlatform.Dataverse.models.upsert import UpsertItem

url, authority, tenant, client_id, secret = sys.argv[1:]
warnings.simplefilter("ignore")


class Level(IntEnum):
    LOW = 1
    HIGH = 2


def certificates():
    """As Python checks them from 3.13 on, and the HTTP library that the client uses."""
    context = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    for address in (url, authority):
        place = urlsplit(address)
        with socket.create_connection((place.hostname, place.port)) as plain:
            with context.wrap_socket(plain, server_hostname=place.hostname) as secure:
                assert secure.version() is not None


def tables(client):
    columns = {"new_Code": "string", "new_Hours": "int", "new_Price": "decimal", "new_Done": "bool"}
    made = client.tables.create("new_Job", {**columns, "new_Level": Level, "new_Plan": "file"})
    assert made["entity_set_name"] == "new_jobs", made
    client.tables.create("new_Task", {"new_Hours": "int"}, primary_column="new_Title")
    client.tables.create_lookup_field("new_Task", "new_JobId", "new_Job", display_name="Job")
    client.tables.add_columns("new_Job", {"new_Note": "memo", "new_Gone": "int"})
    client.tables.remove_columns("new_Job", "new_Gone")
    client.tables.update_column("new_Job", "new_Code", {"max_length": 50, "required": "ApplicationRequired"})
    key = client.tables.create_alternate_key("new_Job", "new_code_key", ["new_code"])
    # A job builds the index of a key; until it is done the key identifies nothing.
    for _ in range(100):
        keys = client.tables.get_alternate_keys("new_Job")
        if keys[0].status == "Active":
            break
        time.sleep(0.1)
    assert [(each.key_attributes, each.status) for each in keys] == [(key.key_attributes, "Active")]
    names = [each["name"] for each in client.query.sql_columns("new_Job")]
    assert "new_code" in names and "new_plan" not in names, names
    assert client.tables.get("new_Nothing") is None


def records(client):
    one = client.records.create("new_Job", {"new_Code": "A", "new_Hours": 3, "new_Level": "HIGH"})
    rest = client.records.create("new_Job", [{"new_Code": code, "new_Hours": 5} for code in "BCDE"])
    client.records.update("new_Job", rest[:2], [{"new_Hours": 1}, {"new_Hours": 2}])
    client.records.upsert("new_Job", [UpsertItem({"new_code": "A"}, {"new_done": True}), UpsertItem({"new_code": "F"}, {})])
    row = client.records.retrieve("new_Job", one, select=["new_level", "new_done"], include_annotations="*")
    assert (row["new_level"], row["new_level@OData.Community.Display.V1.FormattedValue"]) == (2, "HIGH"), row
    assert row["new_done"] is True, row
    client.records.delete("new_Job", [rest[3]], use_bulk_delete=False)
    tasks = [{"new_Title": title, "new_Hours": 2, "new_JobId@odata.bind": f"/new_jobs({one})"} for title in ("x", "y")]
    client.records.create("new_Task", tasks)
    return one


def queries(client, job):
    assert [len(page.records) for page in client.records.list_pages("new_Job", page_size=2)] == [2, 2, 1]
    query = client.query.builder("new_Job").select("new_code").where((col("new_hours") >= 2) & ~(col("new_code") == "C"))
    assert [row["new_code"] for row in query.order_by("new_code").execute().records] == ["A", "D"]
    join = "SELECT j.new_code, COUNT(t.new_taskid) AS n, SUM(t.new_hours) AS total FROM new_job j JOIN new_task t ON j.new_jobid = t.new_jobid GROUP BY j.new_code"
    assert [dict(row) for row in client.query.sql(join)] == [{"new_code": "A", "n": 2, "total": 4}]
    page = "SELECT new_code FROM new_job ORDER BY new_code OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY"
    assert [row["new_code"] for row in client.query.sql(page)] == ["B", "C"]
    xml = '<fetch count="1"><entity name="new_job"><attribute name="new_code"/><order attribute="new_code"/><link-entity name="new_task" from="new_jobid" to="new_jobid" alias="t"><attribute name="new_title"/></link-entity></entity></fetch>'
    found = [row["t.new_title"] for each in client.query.fetchxml(xml).execute_pages() for row in each.records]
    assert sorted(found) == ["x", "y"], found


def files(client, job):
    with tempfile.TemporaryDirectory() as folder:
        for name, size, mode in (("small.txt", 10, None), ("größer.bin", 5 * 1024 * 1024, "chunk")):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(os.urandom(size))
            client.files.upload("new_Job", job, "new_Plan", path, mode=mode, if_none_match=False)
            row = client.records.retrieve("new_Job", job, select=["new_plan", "new_plan_name"])
            assert row["new_plan"] and row["new_plan_name"] == name, row


def frames(client, job):
    ids = client.dataframe.create("new_Task", pandas.DataFrame([{"new_title": "p"}, {"new_title": "q"}]))
    client.dataframe.update("new_Task", pandas.DataFrame({"new_taskid": ids, "new_hours": [7, 8]}), id_column="new_taskid")
    frame = client.dataframe.sql("SELECT new_title, new_hours FROM new_task WHERE new_hours > 5 ORDER BY new_hours")
    assert frame["new_title"].tolist() == ["p", "q"], frame
    client.dataframe.delete("new_Task", ids)


def batches(client, job):
    batch = client.batch.new()
    with batch.changeset() as changes:
        made = changes.records.create("new_Job", {"new_code": "X"})
        changes.records.create("new_Task", {"new_title": "z", "new_JobId@odata.bind": made})
    batch.query.sql("SELECT TOP 1 new_code FROM new_job")
    assert [each.status_code for each in batch.execute().responses] == [204, 204, 200]
    batch = client.batch.new()
    with batch.changeset() as changes:
        changes.records.create("new_Job", {"new_code": "Y"})
        changes.records.create("new_Job", {"new_nothing": 1})
    result = batch.execute(continue_on_error=True)
    assert result.has_errors and not client.records.list("new_Job", filter="new_code eq 'Y'").records


def refusals(client, job):
    try:
        client.records.create("new_Job", {"new_code": "A"})
    except HttpError as error:
        told = error.to_dict()
        assert told["status_code"] == 412, told
        assert told["details"]["service_error_code"] == "0x80060892", told
        assert told["details"]["service_request_id"], told
    else:
        raise AssertionError("a key was taken twice")


certificates()
print("certificates")
credential = ClientSecretCredential(tenant, client_id, secret, authority=authority, disable_instance_discovery=True)
with DataverseClient(url, credential) as client:
    tables(client)
    print("tables")
    job = records(client)
    print("records")
    for each in (queries, files, frames, batches, refusals):
        each(client, job)
        print(each.__name__)
    for name in ("new_Task", "new_Job"):
        client.tables.delete(name)
