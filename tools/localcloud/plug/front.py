"""front.py SERVICE: one process per OpenStack project, its API on cheroot's threads plus its RPC services.

Messaging is oslo.messaging's fake:// driver, so each project's services must share one process.
"""

import importlib
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
import warnings
from pathlib import Path

from localcloud import settings
from localcloud.faults import FaultInjection

CONFIGS = {"nova": ["nova/nova.conf"], "cinder": ["cinder/cinder.conf"],
           "neutron": ["neutron/neutron.conf", "neutron/ml2.ini"]}       # the others find theirs by OS_*_CONFIG_DIR
THREADS, THREADS_AT_MOST = 6, 32


def nova():
    import nova.virt

    # Nova looks for its driver under nova.virt only.
    nova.virt.__path__.append(str(Path(__file__).parent / "nova_virt"))
    from nova.wsgi.osapi_compute import application

    import shlex

    import os_brick
    import os_vif
    from nova import context, objects, service, utils
    from nova.objects import host_mapping
    from oslo_config import cfg
    from oslo_privsep import priv_context

    priv_context.init(root_helper=shlex.split(utils.get_root_helper()))
    os_brick.setup(cfg.CONF)
    os_vif.initialize()
    # The first start of nova-compute registers itself with both.
    wait_for("keystone")
    wait_for("placement")
    for binary, topic, options in (("nova-conductor", "conductor", {}), ("nova-scheduler", "scheduler", {}),
                                   ("nova-compute", "compute", {"topic_alt": "compute-alt"})):
        keep(service.Service.create(binary=binary, topic=topic, **options))
    objects.register_all()
    host_mapping.discover_hosts(context.get_admin_context())
    return application


def cinder():
    from cinder.cmd import volume              # registers backend_host, before the configuration is parsed
    from cinder.wsgi.api import application

    from cinder import service
    from oslo_config import cfg

    keep(service.Service.create(binary="cinder-scheduler"))
    for backend in cfg.CONF.enabled_backends:
        cfg.CONF.register_opt(volume.host_opt, group=backend)
        keep(service.Service.create(host=f"{cfg.CONF.host}@{backend}", service_name=backend, binary="cinder-volume",
                                    coordination=True))
    return application


def keystone():
    application = plain("keystone")
    from localcloud import identity

    identity.provide()
    return application


def plain(project):
    return importlib.import_module(f"{project}.wsgi.api").application


SERVICES = []


def keep(service):
    service.start()
    SERVICES.append(service)


def wait_for(service, seconds=120):
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(settings.url(service), timeout=5).close()
            return
        except urllib.error.HTTPError:
            return                              # 300 and 401 are answers, too
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


class Unclosed:
    """glance closes wsgi.input; under cheroot that would close the connection's file."""

    def __init__(self, file):
        self._file = file

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __iter__(self):
        return iter(self._file)

    def close(self):
        """The connection is cheroot's to close."""


def guarded(application):
    def call(environ, start_response):
        environ["wsgi.input"] = Unclosed(environ["wsgi.input"])
        return application(environ, start_response)

    return call


def serve(project, application):
    from cheroot import wsgi

    server = wsgi.Server(("127.0.0.1", settings.PORTS[project]), application, numthreads=THREADS, max=THREADS_AT_MOST,
                         server_name="localcloud", timeout=120, shutdown_timeout=1, request_queue_size=128)

    def stop(*_):
        threading.Thread(target=lambda: (server.stop(), os._exit(0)), daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.prepare()
    print(f"{project} listens after {time.process_time():.1f} s of processor time", flush=True)
    server.serve()


def main(project):
    warnings.simplefilter("ignore")
    sys.argv = [f"localcloud-{project}"]
    for path in CONFIGS.get(project, []):
        sys.argv += ["--config-file", str(settings.ROOT / "etc" / path)]
    if project != "nova":                       # nova chooses its own backend
        import oslo_service.backend

        oslo_service.backend.init_backend(oslo_service.backend.BackendType.THREADING)
    build = {"nova": nova, "cinder": cinder, "keystone": keystone}.get(project, lambda: plain(project))
    serve(project, FaultInjection(project, guarded(build())))


if __name__ == "__main__":
    main(sys.argv[1])
