"""Making what is shipped: the fusion model and the reference of honest rooms, from simulated worlds."""
