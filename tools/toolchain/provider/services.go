package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// A service is one module of the pulumi-openstack package: the names that Pulumi programs use, by the names that the
// Terraform provider gives. Names, tokens and renamed fields are those of the published package; a test compares them.
type service struct {
	module    string
	resources map[string]string
	functions map[string]string
}

var services = []service{
	{
		module: "identity",
		resources: map[string]string{
			"openstack_identity_project_v3":                "Project",
			"openstack_identity_user_v3":                   "User",
			"openstack_identity_role_v3":                   "Role",
			"openstack_identity_role_assignment_v3":        "RoleAssignment",
			"openstack_identity_application_credential_v3": "ApplicationCredential",
		},
		functions: map[string]string{
			"openstack_identity_auth_scope_v3": "getAuthScope",
			"openstack_identity_project_v3":    "getProject",
			"openstack_identity_role_v3":       "getRole",
			"openstack_identity_user_v3":       "getUser",
		},
	},
	{
		module: "compute",
		resources: map[string]string{
			"openstack_compute_flavor_v2":           "Flavor",
			"openstack_compute_instance_v2":         "Instance",
			"openstack_compute_interface_attach_v2": "InterfaceAttach",
			"openstack_compute_keypair_v2":          "Keypair",
			"openstack_compute_quotaset_v2":         "QuotaSetV2",
			"openstack_compute_servergroup_v2":      "ServerGroup",
			"openstack_compute_volume_attach_v2":    "VolumeAttach",
		},
		functions: map[string]string{
			"openstack_compute_availability_zones_v2": "getAvailabilityZones",
			"openstack_compute_flavor_v2":             "getFlavor",
		},
	},
	{
		module: "blockstorage",
		resources: map[string]string{
			"openstack_blockstorage_quotaset_v3": "QuoteSetV3",
			"openstack_blockstorage_volume_v3":   "Volume",
		},
	},
	{
		module: "images",
		resources: map[string]string{
			"openstack_images_image_v2": "Image",
		},
		functions: map[string]string{
			"openstack_images_image_ids_v2": "getImageIds",
			"openstack_images_image_v2":     "getImage",
		},
	},
	{
		module: "networking",
		resources: map[string]string{
			"openstack_networking_floatingip_associate_v2": "FloatingIpAssociate",
			"openstack_networking_floatingip_v2":           "FloatingIp",
			"openstack_networking_network_v2":              "Network",
			"openstack_networking_port_v2":                 "Port",
			"openstack_networking_quota_v2":                "QuotaV2",
			"openstack_networking_router_interface_v2":     "RouterInterface",
			"openstack_networking_router_route_v2":         "RouterRoute",
			"openstack_networking_router_v2":               "Router",
			"openstack_networking_secgroup_rule_v2":        "SecGroupRule",
			"openstack_networking_secgroup_v2":             "SecGroup",
			"openstack_networking_subnet_v2":               "Subnet",
		},
		functions: map[string]string{
			"openstack_networking_network_v2":  "getNetwork",
			"openstack_networking_router_v2":   "getRouter",
			"openstack_networking_secgroup_v2": "getSecGroup",
			"openstack_networking_subnet_v2":   "getSubnet",
		},
	},
	{
		module: "objectstorage",
		resources: map[string]string{
			"openstack_objectstorage_container_v1": "Container",
		},
	},
	{
		module: "loadbalancer",
		resources: map[string]string{
			"openstack_lb_listener_v2":     "Listener",
			"openstack_lb_loadbalancer_v2": "LoadBalancer",
			"openstack_lb_member_v2":       "Member",
			"openstack_lb_monitor_v2":      "Monitor",
			"openstack_lb_pool_v2":         "Pool",
		},
	},
}

// Fields whose names in the published package do not follow from the provider's.
var renamed = map[string]map[string]*tfbridge.SchemaInfo{
	"openstack_networking_subnet_v2": {"allocation_pool": {Name: "allocationPools"}},
}

func resources() map[string]*tfbridge.ResourceInfo {
	all := map[string]*tfbridge.ResourceInfo{}
	for _, service := range services {
		for from, to := range service.resources {
			all[from] = &tfbridge.ResourceInfo{Tok: tokens.Type(token(service.module, to)), Fields: renamed[from]}
		}
	}
	return all
}

func functions() map[string]*tfbridge.DataSourceInfo {
	all := map[string]*tfbridge.DataSourceInfo{}
	for _, service := range services {
		for from, to := range service.functions {
			all[from] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token(service.module, to))}
		}
	}
	return all
}

func token(module, name string) string {
	file := strings.ToLower(name[:1]) + name[1:]
	return "openstack:" + module + "/" + file + ":" + name
}
