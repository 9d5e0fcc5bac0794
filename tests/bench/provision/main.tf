# The environment that stacks/ makes for the bench's blueprint, written for OpenTofu: the same resources with the same
# attributes, the administrator for project and network, the project's service user for servers and volumes.
terraform {
  required_providers {
    openstack = {
      source = "terraform-provider-openstack/openstack"
    }
  }
}

variable "cloud" { type = string }
variable "name" { type = string }
variable "description" { type = string }
variable "tags" { type = list(string) }
variable "service_user" { type = string }
variable "password" {
  type      = string
  sensitive = true
}
variable "access" { type = map(string) }
variable "cidr" { type = string }
variable "external_network" { type = string }
variable "quotas" { type = map(map(number)) }
variable "group" { type = string }
variable "rules" { type = map(object({ first = number, last = number, protocol = string, cidr = string })) }
variable "public_key" { type = string }
variable "image" { type = string }
variable "flavor" { type = string }
variable "hosts" { type = map(object({ user_data = string, metadata = map(string) })) }
variable "volumes" {
  type = map(object({ host = string, size = number, metadata = map(string) }))
}
variable "bastion" { type = string }

provider "openstack" {
  cloud = var.cloud
}

provider "openstack" {
  alias               = "service"
  auth_url            = var.access.auth_url
  region              = var.access.region
  endpoint_type       = var.access.interface
  cacert_file         = var.access.ca_file
  user_name           = var.service_user
  user_domain_name    = var.access.user_domain
  password            = var.password
  tenant_id           = openstack_identity_role_assignment_v3.member.project_id
  project_domain_name = var.access.project_domain
}

# Tenant

resource "openstack_identity_project_v3" "project" {
  name        = var.name
  description = var.description
  tags        = var.tags
}

resource "openstack_identity_user_v3" "service" {
  name        = var.service_user
  description = var.description
  password    = var.password
}

data "openstack_identity_role_v3" "member" {
  name = "member"
}

resource "openstack_identity_role_assignment_v3" "member" {
  user_id    = openstack_identity_user_v3.service.id
  project_id = openstack_identity_project_v3.project.id
  role_id    = data.openstack_identity_role_v3.member.id
}

resource "openstack_compute_quotaset_v2" "compute" {
  project_id           = openstack_identity_project_v3.project.id
  instances            = var.quotas.compute.instances
  cores                = var.quotas.compute.cores
  ram                  = var.quotas.compute.ram
  server_groups        = var.quotas.compute.server_groups
  server_group_members = var.quotas.compute.server_group_members
}

resource "openstack_networking_quota_v2" "network" {
  project_id          = openstack_identity_project_v3.project.id
  network             = var.quotas.network.network
  subnet              = var.quotas.network.subnet
  router              = var.quotas.network.router
  floatingip          = var.quotas.network.floatingip
  port                = var.quotas.network.port
  security_group      = var.quotas.network.security_group
  security_group_rule = var.quotas.network.security_group_rule
}

resource "openstack_blockstorage_quotaset_v3" "volume" {
  project_id = openstack_identity_project_v3.project.id
  volumes    = var.quotas.volume.volumes
  snapshots  = var.quotas.volume.snapshots
  gigabytes  = var.quotas.volume.gigabytes
}

# Network

resource "openstack_networking_network_v2" "network" {
  name      = var.name
  tenant_id = openstack_identity_project_v3.project.id
  tags      = var.tags
}

resource "openstack_networking_subnet_v2" "subnet" {
  name       = var.name
  tenant_id  = openstack_identity_project_v3.project.id
  network_id = openstack_networking_network_v2.network.id
  cidr       = var.cidr
  ip_version = 4
  tags       = var.tags
}

data "openstack_networking_network_v2" "external" {
  name     = var.external_network
  external = true
}

resource "openstack_networking_router_v2" "router" {
  name                = var.name
  tenant_id           = openstack_identity_project_v3.project.id
  external_network_id = data.openstack_networking_network_v2.external.id
  tags                = var.tags
}

resource "openstack_networking_router_interface_v2" "interface" {
  router_id = openstack_networking_router_v2.router.id
  subnet_id = openstack_networking_subnet_v2.subnet.id
}

resource "openstack_networking_floatingip_v2" "bastion" {
  pool        = var.external_network
  port_id     = openstack_networking_port_v2.port[var.bastion].id
  tenant_id   = openstack_identity_project_v3.project.id
  description = "host"
  tags        = var.tags
  depends_on  = [openstack_networking_router_interface_v2.interface]
}

# Security

resource "openstack_networking_secgroup_v2" "group" {
  name                 = var.group
  description          = "Hosts of role host"
  tenant_id            = openstack_networking_quota_v2.network.project_id
  delete_default_rules = true
  tags                 = var.tags
}

resource "openstack_networking_secgroup_rule_v2" "rule" {
  for_each          = var.rules
  description       = each.key
  tenant_id         = openstack_identity_project_v3.project.id
  security_group_id = openstack_networking_secgroup_v2.group.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = each.value.protocol
  port_range_min    = each.value.first
  port_range_max    = each.value.last
  remote_ip_prefix  = each.value.cidr
}

# Compute

resource "openstack_compute_keypair_v2" "emergency" {
  provider   = openstack.service
  name       = var.name
  public_key = var.public_key
}

resource "openstack_networking_port_v2" "port" {
  for_each           = var.hosts
  name               = each.key
  tenant_id          = openstack_networking_quota_v2.network.project_id
  network_id         = openstack_networking_network_v2.network.id
  security_group_ids = [openstack_networking_secgroup_v2.group.id]
  tags               = var.tags
  fixed_ip {
    subnet_id = openstack_networking_subnet_v2.subnet.id
  }
}

resource "openstack_compute_instance_v2" "server" {
  provider     = openstack.service
  for_each     = var.hosts
  name         = each.key
  image_name   = var.image
  flavor_name  = var.flavor
  config_drive = true
  user_data    = each.value.user_data
  metadata     = each.value.metadata
  key_pair     = openstack_compute_keypair_v2.emergency.name
  network {
    port = openstack_networking_port_v2.port[each.key].id
  }
  depends_on = [openstack_compute_quotaset_v2.compute]
}

# Storage

resource "openstack_blockstorage_volume_v3" "volume" {
  provider   = openstack.service
  for_each   = var.volumes
  name       = each.key
  size       = each.value.size
  metadata   = each.value.metadata
  depends_on = [openstack_blockstorage_quotaset_v3.volume]
}

resource "openstack_compute_volume_attach_v2" "attachment" {
  provider    = openstack.service
  for_each    = var.volumes
  instance_id = openstack_compute_instance_v2.server[each.value.host].id
  volume_id   = openstack_blockstorage_volume_v3.volume[each.key].id
}
