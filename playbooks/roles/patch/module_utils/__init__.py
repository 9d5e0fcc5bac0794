"""What the modules of this role share; Ansible sends it to the hosts with them."""
