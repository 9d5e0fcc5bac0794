// Command pulumi-resource-openstack is Pulumi's OpenStack plugin for machines that can't download the published one:
// Pulumi's bridge around the Terraform provider, with the names of the pulumi-openstack package.
package main

import (
	"encoding/json"
	"log"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/v3/openstack"
)

// version is that of the Python package whose programs this plugin serves.
const version = "5.5.3"

// autonameLength bounds names that programs leave to Pulumi, as in the published plugin.
const autonameLength = 255

func main() {
	info := provider()
	schema, err := json.Marshal(packageSchema(info))
	if err != nil {
		log.Fatalf("the schema can't be written: %v", err)
	}
	tfbridge.Main(info.Name, info.Version, info, schema)
}

func provider() tfbridge.ProviderInfo {
	upstream := shimv2.NewProvider(openstack.Provider())
	info := tfbridge.ProviderInfo{
		P:            upstream,
		Name:         "openstack",
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte(`{}`)),
		Resources:    resources(),
		DataSources:  functions(),
	}
	info.IgnoreMappings = append(
		unmapped(upstream.ResourcesMap(), info.Resources),
		unmapped(upstream.DataSourcesMap(), info.DataSources)...,
	)
	info.SetAutonaming(autonameLength, "-")
	return info
}

// unmapped names what the Terraform provider has and Tenure does not use.
func unmapped[Info any](upstream shim.ResourceMap, mapped map[string]Info) []string {
	names := []string{}
	upstream.Range(func(name string, _ shim.Resource) bool {
		if _, ok := mapped[name]; !ok {
			names = append(names, name)
		}
		return true
	})
	return names
}
