"""Seeds published to a bucket: a real S3 server on loopback (moto's), asked for the object as an engine would."""

import asyncio
import json
import socket

import httpx
import pytest

from vwi_lake.demo import SEEDS
from vwi_lake.errors import VwiError
from vwi_lake.providers.publish import S3Publisher

IMAGE = (SEEDS / "parabola.png").read_bytes()
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def endpoint():
    pytest.importorskip("s3fs", reason="pip install 'vwi-lake[s3]'")
    server_module = pytest.importorskip("moto.server", reason="pip install 'moto[server]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = server_module.ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, monkeypatch):
    import fsspec

    given = {"ACCESS_KEY_ID": "planted-id", "SECRET_ACCESS_KEY": "planted-secret", "REGION": "us-east-1", "ENDPOINT_URL": endpoint}
    for name, value in given.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    filesystem = fsspec.filesystem("s3", skip_instance_cache=True)
    if not filesystem.exists("seeds"):
        filesystem.mkdir("seeds")
    filesystem.invalidate_cache()
    return filesystem


def publish(to="s3://seeds/round-1", expires_s=60, data=IMAGE):
    return asyncio.run(S3Publisher(to, expires_s).publish(data))


def test_anyone_with_the_address_sees_the_image(bucket):
    url = publish()
    got = httpx.get(url)
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, IMAGE, "image/png")
    assert "planted-secret" not in url
    assert publish().split("?")[0] == url.split("?")[0]
    assert len(bucket.ls("seeds/round-1")) == 1


def test_the_address_expires(bucket):
    assert "X-Amz-Expires=60" in publish() or "Expires=" in publish()


@pytest.mark.parametrize("to", ["s3://no-such-bucket/x"])
def test_a_bucket_that_is_not_there_is_named(bucket, to):
    with pytest.raises(VwiError, match=r"cannot be published to s3://no-such-bucket.*AWS_ACCESS_KEY_ID"):
        publish(to)


def test_an_engine_is_handed_the_address_and_no_blob_keeps_it(bucket, tmp_path, monkeypatch):
    from tests.providers.search_servers import Reply, SearchServer, serpapi_page
    from tests.stages.test_search_images import run, settings_at, with_seeds
    from vwi_lake.lake import blobs_of
    from vwi_lake.settings import SeedsSettings

    class Echo(SearchServer):
        def answer(self, request):
            said = json.loads(super().answer(request).body) | {"search_parameters": {"url": request.query["url"]}}
            return Reply(json.dumps(said).encode())

    with Echo(serpapi_page(1)) as server:
        monkeypatch.setenv("SERPAPI_BASE_URL", server.url)
        monkeypatch.setenv("SERPAPI_API_KEY", "key-Never+Shown/42")
        settings = settings_at(tmp_path).model_copy(update={"seeding": SeedsSettings(publish="s3://seeds/r", expires_s=60)})
        searches, hits, _, _ = run(with_seeds(settings, url=None))
    assert (searches["error"].to_list(), hits.height) == ([None], 2)
    asked = server.requests[0].query["url"]
    assert httpx.get(asked).status_code == 200
    kept = blobs_of(settings.lake).get(searches["reply_shas"][0][0]).decode()
    signature = next(part for part in asked.replace("?", "&").split("&") if "ignature=" in part).split("=", 1)[1]
    assert "[secret]" in kept
    assert signature not in kept
