"""Administrator, the services' own user and the catalogue, written into keystone's database before it serves.

In keystone's own process, not by `keystone-manage bootstrap`: that would show the password among the process arguments, and cost
one more start of Python. All of it may be repeated.
"""

import uuid

from keystone import exception
from keystone.cmd import bootstrap
from keystone.common import provider_api

from localcloud import settings

REGION = "RegionOne"
DOMAIN = "default"
CATALOGUE = [("glance", "image", "glance", ""), ("nova", "compute", "nova", "/v2.1"),
             ("neutron", "network", "neutron", ""), ("placement", "placement", "placement", ""),
             ("cinder", "block-storage", "cinder", "/v3"), ("cinderv3", "volumev3", "cinder", "/v3")]
PROVIDERS = provider_api.ProviderAPIs


def provide():
    secrets = settings.secrets()
    done = Bootstrap(secrets["admin_password"], settings.url("keystone", "/v3"))
    done.bootstrap()
    _service_user(secrets["service_password"], {done.admin_role_id, done.service_role_id})
    for name, kind, port, path in CATALOGUE:
        _endpoints(name, kind, settings.url(port, path))


class Bootstrap(bootstrap.Bootstrapper):
    """keystone's own bootstrap, without loading the backends: the WSGI application has done that."""

    admin_username = project_name = admin_role_name = "admin"
    reader_role_name, member_role_name, manager_role_name, service_role_name = "reader", "member", "manager", "service"
    region_id, service_name = REGION, "keystone"
    immutable_roles = False

    def __init__(self, password, url):
        self.admin_password = password
        self.public_url = self.internal_url = self.admin_url = url
        self.endpoints = {}


def _service_user(password, roles):
    try:
        project = PROVIDERS.resource_api.get_project_by_name("service", DOMAIN)
    except exception.ProjectNotFound:
        project_id = uuid.uuid4().hex
        project = PROVIDERS.resource_api.create_project(
            project_id, {"id": project_id, "name": "service", "domain_id": DOMAIN, "enabled": True, "description": ""})
    try:
        user = PROVIDERS.identity_api.get_user_by_name("svc", DOMAIN)
    except exception.UserNotFound:
        user = PROVIDERS.identity_api.create_user(
            {"name": "svc", "domain_id": DOMAIN, "enabled": True, "password": password,
             "default_project_id": project["id"]})
    for role in roles:
        try:
            PROVIDERS.assignment_api.add_role_to_user_and_project(user["id"], project["id"], role)
        except exception.Conflict:
            continue                                                    # granted before


def _endpoints(name, kind, url):
    known = [service["id"] for service in PROVIDERS.catalog_api.list_services() if service["name"] == name]
    service_id = known[0] if known else uuid.uuid4().hex
    if not known:
        PROVIDERS.catalog_api.create_service(service_id, {"id": service_id, "name": name, "type": kind,
                                                          "enabled": True})
    present = {endpoint["interface"] for endpoint in PROVIDERS.catalog_api.list_endpoints()
               if endpoint["service_id"] == service_id}
    for interface in {"public", "internal", "admin"} - present:
        endpoint_id = uuid.uuid4().hex
        PROVIDERS.catalog_api.create_endpoint(endpoint_id, {
            "id": endpoint_id, "interface": interface, "url": url, "service_id": service_id, "region_id": REGION,
            "enabled": True})
