"""A witness signs that a log only ever grew: a separate small program, by C2SP tlog-witness.

It knows no database and no person, and of Duly only the verifier. Whoever runs one needs a key, the public
keys of the logs that it watches, and a directory that outlives it.
"""

from duly.witness.cosigner import Cosigner
from duly.witness.protocol import Answer, Witness
from duly.witness.record import Records
from duly.witness.server import server

__all__ = ["Answer", "Cosigner", "Records", "Witness", "server"]
