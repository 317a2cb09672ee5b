"""The papers of a case: what stands on them (receipt, notice), and how they come out (text, ESC/POS, PDF, printers)."""
