package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// The schema that the plugin gives when it is asked (`pulumi package get-schema`): names, types and which inputs are
// required, computed with the bridge's own rules, so that it tells what the plugin will really accept.

type object = map[string]any

// A schemaWriter collects the named types that nested blocks need.
type schemaWriter struct {
	types object
}

func packageSchema(info tfbridge.ProviderInfo) object {
	writer := schemaWriter{types: object{}}
	resources := object{}
	for name, mapped := range info.Resources {
		resources[string(mapped.Tok)] = writer.resource(string(mapped.Tok), info.P.ResourcesMap().Get(name), mapped.Fields)
	}
	functions := object{}
	for name, mapped := range info.DataSources {
		functions[string(mapped.Tok)] = writer.function(mapped.Tok, info.P.DataSourcesMap().Get(name), mapped.Fields)
	}
	inputs, required := writer.properties("openstack:index/provider:Provider", info.P.Schema(), nil, isInput)
	return object{
		"name":      info.Name,
		"version":   info.Version,
		"provider":  object{"type": "object", "inputProperties": inputs, "requiredInputs": required},
		"resources": resources,
		"functions": functions,
		"types":     writer.types,
	}
}

func (w schemaWriter) resource(token string, upstream shim.Resource, fields map[string]*tfbridge.SchemaInfo) object {
	inputs, required := w.properties(token, upstream.Schema(), fields, isInput)
	outputs, _ := w.properties(token, upstream.Schema(), fields, isAny)
	return object{"type": "object", "inputProperties": inputs, "requiredInputs": required, "properties": outputs}
}

func (w schemaWriter) function(
	token tokens.ModuleMember, upstream shim.Resource, fields map[string]*tfbridge.SchemaInfo,
) object {
	inputs, required := w.properties(string(token), upstream.Schema(), fields, isInput)
	outputs, _ := w.properties(string(token), upstream.Schema(), fields, isAny)
	return object{
		"inputs":  object{"type": "object", "properties": inputs, "required": required},
		"outputs": object{"type": "object", "properties": outputs},
	}
}

// hasDefault says whether something fills the field in: Pulumi, as it does with names, or the provider's environment.
func hasDefault(field shim.Schema, overlay *tfbridge.SchemaInfo) bool {
	return field.DefaultFunc() != nil || overlay != nil && overlay.Default != nil
}

func isAny(field shim.Schema) bool { return field.Removed() == "" }

// isInput says whether a program may set the field: what is only computed comes from the cloud.
func isInput(field shim.Schema) bool {
	return isAny(field) && (field.Optional() || field.Required())
}

func (w schemaWriter) properties(
	owner string, fields shim.SchemaMap, overlays map[string]*tfbridge.SchemaInfo, wanted func(shim.Schema) bool,
) (object, []string) {
	properties, required := object{}, []string{}
	fields.Range(func(key string, field shim.Schema) bool {
		if !wanted(field) {
			return true
		}
		name := tfbridge.TerraformToPulumiNameV2(key, fields, overlays)
		properties[name] = w.typeOf(owner, name, field, overlays[key])
		if field.Required() && !hasDefault(field, overlays[key]) {
			required = append(required, name)
		}
		return true
	})
	return properties, required
}

func (w schemaWriter) typeOf(owner, name string, field shim.Schema, overlay *tfbridge.SchemaInfo) object {
	switch field.Type() {
	case shim.TypeBool:
		return object{"type": "boolean"}
	case shim.TypeInt:
		return object{"type": "integer"}
	case shim.TypeFloat:
		return object{"type": "number"}
	case shim.TypeMap:
		return object{"type": "object", "additionalProperties": w.elementOf(owner, name, field)}
	case shim.TypeList, shim.TypeSet:
		if tfbridge.IsMaxItemsOne(field, overlay) {
			return w.elementOf(owner, name, field)
		}
		return object{"type": "array", "items": w.elementOf(owner, name, field)}
	default:
		return object{"type": "string"}
	}
}

func (w schemaWriter) elementOf(owner, name string, field shim.Schema) object {
	switch element := field.Elem().(type) {
	case shim.Resource:
		return object{"$ref": "#/types/" + w.nested(owner, name, element)}
	case shim.Schema:
		return w.typeOf(owner, name, element, nil)
	default:
		return object{"type": "string"}
	}
}

// nested adds the type of a block to the schema and gives its token: the owner's with the property's name behind.
func (w schemaWriter) nested(owner, name string, block shim.Resource) string {
	parts := strings.Split(owner, ":")
	member := parts[2] + strings.ToUpper(name[:1]) + name[1:]
	module := strings.Split(parts[1], "/")[0]
	token := "openstack:" + module + "/" + member + ":" + member
	properties, required := w.properties(token, block.Schema(), nil, isAny)
	w.types[token] = object{"type": "object", "properties": properties, "required": required}
	return token
}
