"""ML2 mechanism driver without agents: every port binds at once and is ACTIVE. It also starts the data plane."""

from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins.ml2 import api

from localcloud import dataplane

BINDABLE = (portbindings.VNIC_NORMAL, portbindings.VNIC_DIRECT)


class LocalCloudMechanismDriver(api.MechanismDriver):
    def initialize(self):
        dataplane.start()

    @property
    def connectivity(self):
        return portbindings.CONNECTIVITY_L2

    def bind_port(self, context):
        if context.current[portbindings.VNIC_TYPE] in BINDABLE:
            for segment in context.segments_to_bind[:1]:
                context.set_binding(segment[api.ID], portbindings.VIF_TYPE_OVS, {portbindings.CAP_PORT_FILTER: True},
                                    status=constants.PORT_STATUS_ACTIVE)
