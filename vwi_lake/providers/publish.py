"""Seeds where a search engine can read them: a bucket of one's own, and addresses that expire."""

import asyncio
import hashlib
from dataclasses import dataclass

from vwi_lake.errors import VwiError
from vwi_lake.web.image_files import sniff

_MEDIA = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "bmp": "image/bmp"}


@dataclass(frozen=True)
class S3Publisher:
    """`to` is s3://bucket/prefix. Credentials and endpoint come from the environment, as every AWS client reads them."""

    to: str
    expires_s: int

    async def publish(self, data: bytes) -> str:
        """Upload once, under the name of the content; the address handed out opens that one object until it expires."""
        return await asyncio.to_thread(self._publish, data)

    def _publish(self, data: bytes) -> str:
        filesystem = self._filesystem()
        kind = sniff(data) or "bin"
        path = f"{self.to.rstrip('/')}/{hashlib.sha256(data).hexdigest()}.{kind}"
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            if not filesystem.exists(path):
                filesystem.pipe_file(path, data, ContentType=_MEDIA.get(kind, "application/octet-stream"))
            return str(filesystem.sign(path, expiration=self.expires_s))
        except (OSError, BotoCoreError, ClientError) as error:
            raise VwiError(
                f"the seeds cannot be published to {self.to} ({type(error).__name__}): check the bucket and AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY, AWS_REGION (and AWS_ENDPOINT_URL where it is not Amazon's)"
            ) from None

    def _filesystem(self):
        from fsspec.core import url_to_fs

        try:
            return url_to_fs(self.to)[0]
        except ImportError as error:
            raise VwiError(f"{self.to} needs one more package ({error}): pip install 'vwi-lake[s3]'") from None
