"""The drivers of Tenure's local cloud; they run inside the OpenStack processes, in OpenStack's own virtual environment."""
